"""What a person may set for a round."""

from django import forms

from training.services import MOST_ITERATIONS


class RoundForm(forms.Form):
    iterations = forms.IntegerField(initial=3, min_value=0, max_value=MOST_ITERATIONS)
    seed = forms.IntegerField(initial=0, min_value=0, max_value=2**31 - 1)
