from django.apps import AppConfig


class AuditLogConfig(AppConfig):
    name = "attrx_web.auditlog"
    label = "auditlog"
    verbose_name = "audit log"

    def ready(self) -> None:
        """Hear of sign-ins."""
        from attrx_web.auditlog import signing_in

        signing_in.hear()
