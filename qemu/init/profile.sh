# make bench-profile: hot pairs that the host steps through.
load myslab
load profile
unload profile
unload myslab
verdict pass
