"""Labels from language models: what they are asked, what they answer, what that costs, whether they agree."""
