"""What messages oblige to: to answer, to report, to delete, to ask before passing on."""
