# SPDX-License-Identifier: GPL-2.0-only
# A module for tests, never installed. Built beside a copy, as kbuild does not
# build elsewhere; run in the build root, after 'make modules'.
OUT ?= ../../../build/selftests
KVER ?= $(notdir $(patsubst %/build,%,$(firstword $(wildcard /lib/modules/*/build))))
top := $(abspath ../../..)
out := $(abspath $(OUT))/kmod/$(notdir $(CURDIR))

.PHONY: all
all:
	@mkdir -p $(out)
	@rsync -a --exclude=Makefile ./ $(out)/
	@$(MAKE) -s -C /lib/modules/$(KVER)/build M=$(out) BLANKET=$(top) W=1 \
		KBUILD_EXTRA_SYMBOLS=$(top)/build/kmod/Module.symvers modules
