// SPDX-License-Identifier: MIT
/*
 * The unit tests' module: the parts that all suites share for the loader.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("Unit tests of msgq");
MODULE_LICENSE("Dual MIT/GPL");
