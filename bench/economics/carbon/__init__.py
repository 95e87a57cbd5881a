"""Carbon beside the money: what an attempt emits here and there, and the grid on which both emit the same.

Nothing is drawn here: bounds are those of the figures, each at the end that makes the result least or most.
Grams are counted as the money is: electricity above idle, and of a device that is charged to the task its
idle hours and its making, too.
"""
