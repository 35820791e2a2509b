/* SPDX-License-Identifier: MIT */
/*
 * verilated_hooks.cc - replaces the endings and the printing of Verilator's run time.
 */
#include "verilated_hooks.h"
#include "verilated.h"

#include <cstdarg>
#include <cstdio>

static thread_local ModelReport *current;

ModelScope::ModelScope(ModelReport &report, VerilatedContext &context) : outer_(current)
{
	current = &report;
	Verilated::threadContextp(&context);
}

ModelScope::~ModelScope()
{
	current = outer_;
}

int peal_model_printf(const char *format, ...)
{
	static constexpr size_t kMost = 4096; /* a model in a loop must not fill the memory */
	char text[512];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (current && current->output.size() < kMost)
		current->output += text;
	return n;
}

/* The model's own message, where it printed one just before, says more than ours. */
static void end(const char *file, int line, const char *what)
{
	if (!current || current->dead)
		return;
	current->dead = true;
	current->cause = std::string(file && *file ? file : "model") + ":" + std::to_string(line) +
			 ": " + what;
	if (!current->output.empty())
		current->cause += ": " + current->output;
	for (char &c : current->cause)
		if (c == '\n')
			c = ' ';
	while (!current->cause.empty() && current->cause.back() == ' ')
		current->cause.pop_back();
}

void vl_finish(const char *file, int line, const char *)
{
	end(file, line, "$finish");
}

void vl_stop(const char *file, int line, const char *)
{
	end(file, line, "$stop or failed assertion");
}

void vl_fatal(const char *file, int line, const char *, const char *message)
{
	end(file, line, message);
	throw ModelFatal{};
}
