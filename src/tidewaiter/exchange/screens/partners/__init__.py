"""The screens of partners: all of them, and one."""
