//! End-to-end scenarios over the real stack, hostile modules and benchmarks.
