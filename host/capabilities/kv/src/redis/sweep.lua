local most = tonumber(ARGV[4])
return sweep(most) == most
