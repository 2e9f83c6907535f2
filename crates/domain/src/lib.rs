//! The rules of deployment approval: pure, synchronous, no I/O, no clock.
