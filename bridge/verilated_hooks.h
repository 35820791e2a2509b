/* SPDX-License-Identifier: MIT */
/*
 * verilated_hooks.h - what a Verilated model says and how it ends.
 *
 * Verilator's run time prints to standard output and ends the process on
 * $finish, $stop, $fatal and failed assertions. A device in somebody's process
 * must do neither. This header is put before every Verilated source (g++
 * -include, with VL_USER_FINISH, VL_USER_STOP and VL_USER_FATAL defined): text
 * and endings go to the ModelReport of the thread that evaluates the model.
 */
#ifndef PEAL_BRIDGE_VERILATED_HOOKS_H
#define PEAL_BRIDGE_VERILATED_HOOKS_H

#include <exception>
#include <string>

#define VL_PRINTF peal_model_printf
int peal_model_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

class VerilatedContext;

struct ModelReport {
	bool dead = false;
	std::string cause;  /* the first ending */
	std::string output; /* what the model printed and nobody took */
};

/* Thrown by vl_fatal, which must not return into the model. */
struct ModelFatal : std::exception {
	const char *what() const noexcept override
	{
		return "the model ended while it was built up";
	}
};

/*
 * While it lives, this thread works on the model of `context`, which reports to
 * `report`. Every use of a model needs one: Verilator keeps the context in a
 * thread-local variable, and with two models it would else use the wrong one.
 */
class ModelScope {
public:
	ModelScope(ModelReport &report, VerilatedContext &context);
	~ModelScope();
	ModelScope(const ModelScope &) = delete;
	ModelScope &operator=(const ModelScope &) = delete;

private:
	ModelReport *outer_;
};

#endif
