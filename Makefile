# SPDX-License-Identifier: GPL-2.0-only
# The way in. Everything that runs in the blanket is built in the Debian 13
# root (tools/inroot); build products go to build/ and to the cache.

SHELL := /bin/bash
HOST ?= kvm
NAME ?= main
DESTDIR ?=
DKMS ?=
LAB := tools/lab --name $(NAME)
build := $(CURDIR)/build
# the kernel that the modules are built for: one whose headers the build root has
KVER = $(notdir $(patsubst %/build,%,$(firstword $(wildcard $(build)/root-build/lib/modules/*/build))))
KMOD_MAKE = tools/inroot make -C /lib/modules/$(KVER)/build M=/src/build/kmod

.PHONY: help setup modules modules-clean xen userspace install uninstall lab lab-down demo test test-all check bench clean

help:
	@echo 'make setup            host packages, build root, images, Xen (cached)'
	@echo 'make modules          the kernel modules, in build/kmod'
	@echo 'make xen              the blanket'"'"'s Xen, build/xen'
	@echo 'make install          modules, user space, Xen and its boot entry, under DESTDIR=; DKMS=1: the modules by DKMS'
	@echo 'make uninstall        takes away what make install put there'
	@echo 'make lab HOST=kvm     an emulated cloud host with the blanket, left running'
	@echo 'make demo HOST=kvm    the whole tour: ours, then stock, and a table (HOST=kvm|esx)'
	@echo 'make check            tests that need no VM'
	@echo 'make test             set-up and all tests but the longest'
	@echo 'make test-all         those, too (selftests/vm/long)'
	@echo 'make bench            exact costs, build/bench/results.json'
	@echo 'make clean            build/ without what the cache holds'

setup:
	@tools/setup

$(build)/root-build:
	@tools/setup root-build

xen:
	@tools/setup xen

# kbuild writes beside the sources, so it gets a copy
modules: | $(build)/root-build
	@tools/check-kernel headers "$(KVER)"
	@mkdir -p $(build)/kmod
	@rsync -a --delete --filter='P *.o' --filter='P *.ko' --filter='P *.mod' --filter='P *.mod.c' \
		--filter='P .*' --filter='P have.h' --filter='P Module.symvers' --filter='P modules.order' \
		Kbuild kmod $(build)/kmod/
	@$(KMOD_MAKE) $(KFLAGS) modules

userspace: | $(build)/root-build
	@tools/inroot make -s -C userspace all work

# what can be refused is refused before anything is built
install: | $(build)/root-build
	@tools/check-kernel headers "$(KVER)"
	@test -n "$(DESTDIR)" || tools/check-kernel machine "$(KVER)"
	@test -e $(build)/xen || tools/setup xen
	@$(MAKE) --no-print-directory $(if $(DKMS),,modules) userspace
	@DKMS=$(DKMS) tools/install "$(KVER)" "$(abspath $(DESTDIR))"

uninstall:
	@tools/uninstall "$(abspath $(DESTDIR))"

lab:
	@tools/setup
	@$(MAKE) --no-print-directory install DESTDIR=build/stage
	@$(LAB) up --host $(HOST) $(if $(ICOUNT),--icount)
	@$(LAB) install

lab-down:
	@$(LAB) down

demo:
	@tools/setup
	@$(MAKE) --no-print-directory install DESTDIR=build/stage
	@selftests/demo --host $(HOST)

check:
	@tools/setup root-build sources headers
	@selftests/check/run

test test-all:
	@tools/setup
	$(if $(filter test-all,$@),@tools/setup debian12)
	@$(MAKE) --no-print-directory install DESTDIR=build/stage
	@selftests/run --host $(HOST) $(if $(filter test-all,$@),--all)

bench:
	@tools/setup
	@$(MAKE) --no-print-directory install DESTDIR=build/stage
	@tools/bench/run $(BENCH)

clean:
	@tools/lab down --all
	@rm -rf build
