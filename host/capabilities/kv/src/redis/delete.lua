local before = living(key)
sweep()
remove(key)
return before and true
