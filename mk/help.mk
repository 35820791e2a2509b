# `make help` is made from the `##` comments behind targets and variables, so
# that the list cannot go stale: a target without one is not meant to be typed
# by hand.

help: ## this list
	@printf 'Targets:\n'
	@awk '/^[a-z][a-z0-9-]*:[^=].* ## |^[a-z][a-z0-9-]*: ## / { name = $$1; sub(/:.*/, "", name); \
		text = $$0; sub(/.* ## /, "", text); printf "  %-18s %s\n", name, text }' Makefile $(wildcard mk/*.mk)
	@printf '\nVariables (make VAR=value, or config.local.mk), with their defaults:\n'
	@awk '/^[A-Z_]+ *\?=.*## / { name = $$1; text = $$0; sub(/.*## /, "", text); \
		value = $$0; sub(/^[^=]*= */, "", value); sub(/ *## .*/, "", value); \
		printf "  %-11s %s [%s]\n", name, text, value }' $(wildcard mk/*.mk)
.PHONY: help
