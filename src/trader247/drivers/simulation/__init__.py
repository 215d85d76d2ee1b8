"""Histories of the daemon in virtual time, with everything going wrong that a plan says, judged by the checker."""
