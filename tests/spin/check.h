/* SPDX-License-Identifier: MIT */
/*
 * check.h - assertions with names. Spin prints the text of an assertion that
 * fails; `name` is a hidden byte that is always 0, so it changes nothing but that
 * text, and costs no state.
 */
#define PROPERTY(name) hidden byte name
#define CHECK(name, condition) assert((condition) || name)
