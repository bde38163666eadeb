"""What a person fills in about labels."""

from django import forms

from labeling.labelstudio import KEY


class LabelFileForm(forms.Form):
    file = forms.FileField(label="File")
    key = forms.CharField(label="Field of a task's data with the listing's id", initial=KEY, max_length=200)


class RuleForm(forms.Form):
    """How listings of a purpose are worked on."""

    overlap = forms.IntegerField(min_value=1)
    agree = forms.IntegerField(min_value=1)
    suggestions = forms.BooleanField(required=False)
    second_opinion = forms.IntegerField(min_value=0, required=False)

    def clean_second_opinion(self) -> int:
        """No share is none of them."""
        return self.cleaned_data["second_opinion"] or 0
