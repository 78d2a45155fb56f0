"""The client's side that Lua tells best: stock behaviour, written anew from the facts."""
