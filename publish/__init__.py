"""What readers open: the warehouse file, the summary for people."""
