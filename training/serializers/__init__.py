"""What the API says about listings (`listings`) and about models (`models`)."""
