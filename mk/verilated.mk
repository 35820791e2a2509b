# Read after the makefile that Verilator generates, never by ours: that one has
# targets for the model and for each part of the run time, but none for all of
# them without a program around them, which is what a plug-in is linked from.

all-objects: $(VM_PREFIX)__ALL.a $(VK_GLOBAL_OBJS)
.PHONY: all-objects
