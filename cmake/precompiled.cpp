// The targets that hold the precompiled headers need a source file to be built at all.
