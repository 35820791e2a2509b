/* SPDX-License-Identifier: MIT */
/* Generated from descriptors/contract.def by `make generate`; do not edit. */
#include <peal/contract.h>

const char *peal_opcode_name(uint32_t code)
{
	switch (code) {
	case 0x00: return "NOP";
	case 0x01: return "ECHO";
	case 0x0f: return "STOP";
	case 0x10: return "COPY";
	case 0x11: return "FILL";
	case 0x12: return "COMPARE";
	case 0x13: return "CRC32C";
	case 0x14: return "COPY_CRC";
	case 0x20: return "PREFILL";
	case 0x21: return "DECODE";
	case 0x22: return "REWARD";
	default: return "?";
	}
}

const char *peal_status_name(uint32_t code)
{
	switch (code) {
	case 0x00: return "OK";
	case 0x01: return "REWARD_NEEDED";
	case 0x02: return "STOPPED";
	case 0x03: return "MISCOMPARE";
	case 0x10: return "BAD_OPCODE";
	case 0x11: return "BAD_FLAGS";
	case 0x12: return "RESERVED";
	case 0x13: return "BAD_LENGTH";
	case 0x14: return "BAD_REGION";
	case 0x15: return "TENANT";
	case 0x16: return "PERMISSION";
	case 0x17: return "RANGE";
	case 0x18: return "ALIGNMENT";
	case 0x19: return "OVERLAP";
	case 0x1a: return "BAD_CRC";
	case 0x1b: return "BAD_STATE";
	case 0x20: return "READ";
	case 0x21: return "WRITE";
	case 0x30: return "ABORTED";
	case 0x31: return "CANCELLED";
	default: return "?";
	}
}

const char *peal_flag_name(uint32_t bit)
{
	switch (bit) {
	case 0x00: return "FENCE";
	case 0x01: return "SILENT";
	case 0x02: return "EVENT";
	case 0x03: return "CRC";
	case 0x04: return "RELAX_ACQ";
	case 0x05: return "RELAX_REL";
	default: return "?";
	}
}

const char *peal_queue_state_name(uint32_t code)
{
	switch (code) {
	case 0x00: return "DISABLED";
	case 0x01: return "ENABLED";
	case 0x02: return "DRAINING";
	case 0x03: return "DRAINED";
	case 0x04: return "ABORTING";
	case 0x05: return "ERROR";
	case 0x06: return "ABORTED";
	default: return "?";
	}
}

const char *peal_command_name(uint32_t code)
{
	switch (code) {
	case 0x01: return "ENABLE";
	case 0x02: return "DRAIN";
	case 0x03: return "ABORT";
	case 0x04: return "RESET";
	case 0x05: return "DISABLE";
	default: return "?";
	}
}

const char *peal_command_code_name(uint32_t code)
{
	switch (code) {
	case 0x00: return "OK";
	case 0x01: return "BAD_CMD";
	case 0x02: return "BAD_QUEUE";
	case 0x03: return "BAD_STATE";
	case 0x04: return "BUSY";
	case 0x05: return "UNSUPPORTED";
	case 0x06: return "BAD_CONFIG";
	case 0x07: return "TIMEOUT";
	case 0x08: return "LEASE";
	case 0x14: return "BAD_REGION";
	case 0x15: return "TENANT";
	case 0x16: return "PERMISSION";
	case 0x17: return "RANGE";
	case 0x18: return "ALIGNMENT";
	default: return "?";
	}
}

const char *peal_event_name(uint32_t code)
{
	switch (code) {
	case 0x01: return "FETCH";
	case 0x02: return "STALE_DESC";
	case 0x03: return "INVALID_DOORBELL";
	case 0x04: return "INVALID_CREDIT";
	case 0x05: return "COMPLETION";
	case 0x06: return "LEASE";
	default: return "?";
	}
}

const char *peal_capability_name(uint32_t bit)
{
	switch (bit) {
	case 0x00: return "INDEXED";
	case 0x01: return "POLLED";
	case 0x02: return "FIFO";
	case 0x03: return "ACTOR";
	case 0x04: return "NONE";
	case 0x05: return "PACKED";
	case 0x06: return "MATCHED";
	case 0x07: return "CRC";
	case 0x08: return "RELAX";
	case 0x09: return "FENCE";
	case 0x0a: return "SILENT";
	case 0x0b: return "EVENT";
	case 0x0c: return "SUPPRESS";
	case 0x0d: return "LEASE";
	case 0x0e: return "ABORT";
	case 0x0f: return "BUS_FAULTS";
	case 0x10: return "DEVICE_LINE";
	default: return "?";
	}
}

const char *peal_kind_name(uint32_t code)
{
	switch (code) {
	case 0x01: return "REF";
	case 0x02: return "RTL";
	case 0x03: return "ICARUS";
	case 0x04: return "SYSTEMC";
	case 0x05: return "CUDA";
	case 0xff: return "OTHER";
	default: return "?";
	}
}

const char *peal_record_state_name(uint32_t code)
{
	switch (code) {
	case 0x00: return "FREE";
	case 0x01: return "PREFILL_READY";
	case 0x02: return "DECODING";
	case 0x03: return "REWARD_PENDING";
	case 0x04: return "TRAJECTORY_READY";
	case 0x05: return "DONE";
	default: return "?";
	}
}

const char *peal_counter_name(uint32_t index)
{
	switch (index) {
	case 0x00: return "CYCLES";
	case 0x01: return "IDLE";
	case 0x02: return "FETCH";
	case 0x03: return "CREDIT";
	case 0x04: return "DATA";
	case 0x05: return "WRITE";
	case 0x06: return "ACTIVE";
	case 0x07: return "READ_BEATS";
	case 0x08: return "WRITE_BEATS";
	case 0x09: return "ACCEPTED";
	case 0x0a: return "COMPLETED";
	case 0x0b: return "SILENT";
	case 0x0c: return "UNDELIVERED";
	default: return "?";
	}
}
