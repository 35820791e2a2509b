# Synthesis with Yosys: no latches, and a table of cells, flops, memories and
# logic depth by module, for generic gates and for one FPGA family. Takes minutes
# and decides nothing that a test needs, so it is not a part of the tests.

synth: ## synthesise the engine, tables into build/synth/synth.md
	$(Q)$(if $(HAVE_yosys),mk/synth $(BUILD)/synth,echo 'synth: yosys is not here: apt-get install yosys'; exit 77)
synth-docs: ## the same, tables into docs/engine.md too
	$(Q)$(if $(HAVE_yosys),mk/synth --docs $(BUILD)/synth,echo 'synth-docs: yosys is not here: apt-get install yosys'; exit 77)
.PHONY: synth synth-docs
