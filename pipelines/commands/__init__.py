"""What a user calls: each module is a command, or stands behind one."""
