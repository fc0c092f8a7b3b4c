"""What a mail message is made of: headers, bodies, what stands at its end."""
