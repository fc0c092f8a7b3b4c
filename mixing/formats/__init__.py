"""Token files as trainers read them: a form in each file. `write` makes the files of one shard, `join` what
names all of them, `load` reads the ids back as the form's readers do, `SNIPPET` loads it in a trainer."""
