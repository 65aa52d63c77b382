"""Reinforcement learning with verified rewards: pure functions over tensors, rollouts, rewards."""
