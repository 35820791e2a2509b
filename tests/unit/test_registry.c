/* SPDX-License-Identifier: MIT */
/* test_registry.c - finding devices, their parameters, and what is said when it fails. */
#include "unit.h"

static void refuse(const char *name, const char *params, int err, const char *text)
{
	struct peal_open_opts opts = { .params = params };
	struct peal_device *dev = (void *)1;
	int r = peal_open(name, &opts, &dev);

	if (r != err || !strstr(peal_error(NULL), text))
		fail_msg("%s (%s): %d, '%s'; expected %d, '%s'", name, params ? params : "", r,
			 peal_error(NULL), err, text);
	assert_null(dev);
}

static void test_unknown(void **state)
{
	(void)state;
	refuse("nonsense", NULL, -ENOENT, "no device 'nonsense'");
	refuse("", NULL, -ENOENT, "no device ''");
	refuse("./nowhere.so", NULL, -ENOENT, "./nowhere.so");
	refuse("/dev/null", NULL, -EINVAL, "cannot load /dev/null");
	refuse("/", NULL, -EINVAL, "cannot load /");
	refuse("/proc/self/cmdline", NULL, -EINVAL, "cannot load /proc/self/cmdline");
	assert_int_equal(peal_open("ref", NULL, NULL), -EINVAL);
}

/* A known device that is not built says what to do. */
static void test_missing(void **state)
{
	struct peal_device *dev;
	int r;

	(void)state;
	r = peal_open("systemc", NULL, &dev);
	if (!r) {
		peal_close(dev);
		skip();
	}
	assert_int_equal(r, -EOPNOTSUPP);
	assert_non_null(strstr(peal_error(NULL), "systemc"));
}

static void test_parameters(void **state)
{
	struct peal_device *dev;
	struct peal_device_info info;
	struct peal_open_opts opts = { .params = "queues=3,regions=17,seed=5,latency=100" };

	(void)state;
	dev = unit_open("ref", &opts);
	peal_device_info(dev, &info);
	assert_int_equal(info.queues, 3);
	assert_int_equal(info.regions, 17);
	assert_int_equal(info.kind, PEAL_KIND_REF);
	assert_int_equal(info.clauses, PEAL_CAPS_V1);
	assert_int_equal(info.contract, PEAL_CONTRACT_HASH);
	assert_int_equal(info.opcodes[0], 0x001f8003);
	assert_int_equal(info.opcodes[1], 0x7);
	assert_int_equal(info.opcodes[7], 0);
	assert_string_equal(peal_device_name(dev), "ref");
	peal_close(dev);
	refuse("ref", "queues", -EINVAL, "'queues': expected key=value");
	refuse("ref", "=3", -EINVAL, "expected key=value");
	refuse("ref", "seed=1,,stall=2", -EINVAL, "expected key=value");
	refuse("ref", "seed=1,seed=2", -EINVAL, "'seed' is given twice");
	refuse("ref", "queues=0", -EINVAL, "queues=0");
	refuse("ref", "queues=65", -EINVAL, "1 to 64");
	refuse("ref", "regions=1025", -EINVAL, "1 to 1024");
	refuse("ref", "regions=12x", -EINVAL, "regions=12x");
	refuse("ref", "colour=red", -EINVAL, "colour=red");
}

static void test_plugin(void **state)
{
	struct peal_device *dev;
	struct peal_device_info info;
	struct peal_open_opts opts = { .params = "queues=2" };

	(void)state;
	dev = unit_open("faulty", &opts);
	peal_device_info(dev, &info);
	assert_int_equal(info.queues, 2);
	assert_string_equal(peal_device_name(dev), "faulty");
	peal_close(dev);
	refuse("faulty", "colour=red", -EINVAL, "colour=red");
}

static void test_identification(void **state)
{
	(void)state;
	refuse("faulty", "fault=magic", -EPROTO, "magic is 0x4c414551");
	refuse("faulty", "fault=contract", -EPROTO, "speaks contract 1");
	refuse("faulty", "fault=queues", -EPROTO, "number of queues");
	refuse("faulty", "fault=regions", -EPROTO, "number of regions");
	refuse("faulty", "fault=rings", -EPROTO, "ring sizes");
	refuse("faulty", "fault=ones,at=1", -ENODEV, "is gone");
	refuse("faulty", "fault=enodev,at=5", -ENODEV, "is gone");
	refuse("faulty", "fault=eio,at=5", -EIO, "register read at 0x10");
}

static void entry(const char *mode)
{
	assert_int_equal(setenv("PEAL_TEST_FAULTY", mode, 1), 0);
}

static void test_abi(void **state)
{
	struct peal_device *dev;

	(void)state;
	entry("abi");
	refuse("faulty", NULL, -EPROTO, "device ABI 2");
	entry("null");
	refuse("faulty", NULL, -EPROTO, "returned nothing");
	entry("missing");
	refuse("faulty", NULL, -EPROTO, "required function is missing");
	entry("probe");
	refuse("faulty", NULL, -EOPNOTSUPP, "device 'faulty': no such hardware in this test");
	entry("short");
	dev = unit_open("faulty", NULL);
	assert_int_equal(peal_device_trace_hash(dev), 0);
	peal_close(dev);
	unsetenv("PEAL_TEST_FAULTY");
}

static void note(void *ctx, const char *name, const char *summary, const char *why)
{
	char *text = ctx;
	size_t n = strlen(text);

	snprintf(text + n, 4000 - n, "%s|%s|%s\n", name, summary, why ? why : "ok");
}

static void test_list(void **state)
{
	char text[4000] = "";

	(void)state;
	entry("probe");
	peal_backends(note, text);
	unsetenv("PEAL_TEST_FAULTY");
	assert_non_null(strstr(text, "ref|the reference model: the contract in plain C|ok\n"));
	assert_non_null(strstr(text, "rtl|"));
	assert_non_null(strstr(text, "icarus|"));
	assert_non_null(strstr(text, "systemc|"));
	assert_non_null(strstr(text, "cuda|"));
	assert_non_null(strstr(text, "faulty|the reference device with faults, for tests|"
				     "no such hardware in this test\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown),	       cmocka_unit_test(test_missing),
		cmocka_unit_test(test_parameters),     cmocka_unit_test(test_plugin),
		cmocka_unit_test(test_identification), cmocka_unit_test(test_abi),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
