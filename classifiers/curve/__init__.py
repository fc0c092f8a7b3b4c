"""How often documents come by their scores: scores counted, the upsampling curve, what a setting costs."""
