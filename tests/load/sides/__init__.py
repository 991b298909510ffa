"""Ours, each as a process of its own."""
