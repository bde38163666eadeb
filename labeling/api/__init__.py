"""What programs ask and send: the page of who labels (`workspace`), and everybody else (`resources`)."""
