# Two images of one source: `web` (pages, imports, schedule; without torch) and `gpu` (rounds).
#   docker build --target web --tag attrx-web .
#   docker build --target gpu --tag attrx-gpu .

FROM python:3.11.13-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PATH=/opt/venv/bin:$PATH
WORKDIR /app

FROM base AS packages
RUN python -m venv /opt/venv
COPY pyproject.toml constraints.txt ./
# Only what the packages are: the source comes later, so that a change of it downloads nothing again.
RUN python -m pip install --constraint constraints.txt '.[prod]' && python -m pip uninstall --yes attrx

FROM packages AS packages-gpu
# The release of torch that is pinned, built for CUDA; the argument names where builds for another device are.
ARG TORCH_INDEX=""
RUN python -m pip install --constraint constraints.txt ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch \
    && python -m pip install --constraint constraints.txt '.[ml,prod]' && python -m pip uninstall --yes attrx

FROM base AS source
# pg_dump and pg_restore for manage.py backup and restore.
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home attrx && install --directory --owner=attrx /data
COPY --chown=root:root . .
ENV ATTRX_DEBUG=0 ATTRX_VAR_DIR=/data
USER 10001
STOPSIGNAL SIGTERM

FROM source AS web
COPY --from=packages /opt/venv /opt/venv
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["python", "-m", "attrx_web.probe", "web"]
CMD ["gunicorn", "--config", "python:attrx_web.gunicorn_conf", "--bind", "0.0.0.0:8000", "attrx_web.wsgi"]

FROM source AS gpu
COPY --from=packages-gpu /opt/venv /opt/venv
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s CMD ["python", "-m", "attrx_web.probe", "gpu"]
CMD ["python", "manage.py", "worker", "--queues", "gpu"]
