"""The overlay `local` on the cluster of ../cluster: what happens to it, and to the calls of people meanwhile."""
