# Short names for `python -m local ...`, which does the same where there is no make.

PYTHON ?= $(shell command -v python3 || command -v python)
DEVICES ?= 2000

.PHONY: help sweep test check bench

help:
	@"$(PYTHON)" -m local

# make sweep DEVICES=100000 SEED=7 FAULTS="throttle=0.1 cut=0.01" ARGS="--port 7072"
sweep:
	@"$(PYTHON)" -m local sweep --devices $(DEVICES) $(if $(SEED),--seed $(SEED)) \
		$(foreach fault,$(FAULTS),--fault $(fault)) $(ARGS)

# make test ARGS="tests/rules -x"
test:
	@"$(PYTHON)" -m local test $(ARGS)

check:
	@"$(PYTHON)" -m local check

bench:
	@"$(PYTHON)" -m local bench $(ARGS)
