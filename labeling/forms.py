"""What a person fills in about labels."""

from django import forms

from labeling.labelstudio import KEY


class LabelFileForm(forms.Form):
    file = forms.FileField(label="File")
    key = forms.CharField(label="Field of a task's data with the listing's id", initial=KEY, max_length=200)
