"""Chats: the forms that sets of them have, their turns, and the marks of templates in them."""
