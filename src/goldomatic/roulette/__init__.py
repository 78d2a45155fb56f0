"""Gold roulette: who is in the pool, the spin cycle, the draw and the check of its candidate."""
