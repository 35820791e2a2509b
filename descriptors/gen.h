/* SPDX-License-Identifier: MIT */
/* gen.h - what the emitters of the contract generator share. */
#ifndef PEAL_GEN_H
#define PEAL_GEN_H

#include <stdint.h>
#include <stdio.h>

/* One emitter writes one file. Returns 0, or -1 after a message on stderr. */
typedef int (*emit_fn)(FILE *out, uint64_t contract_hash);

int emit_c(FILE *out, uint64_t contract_hash);	   /* the C/CUDA/SystemC header */
int emit_sv(FILE *out, uint64_t contract_hash);	   /* the Verilog include */
int emit_crc(FILE *out, uint64_t contract_hash);	   /* CRC32C matrices for the RTL */
int emit_names(FILE *out, uint64_t contract_hash); /* name tables for the tools */
int emit_docs(FILE *out, uint64_t contract_hash);  /* the tables of docs/contract.md */
int emit_golden(FILE *out, uint64_t contract_hash); /* golden vectors */

/* Copies the document at `path` with the tables between its markers made anew. */
int splice_docs(FILE *out, const char *path);

#endif
