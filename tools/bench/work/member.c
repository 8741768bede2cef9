// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only process of a small guest, /init of its initrd: loads netfront, takes
 * the address that the kernel's command line names (address=A.B.C.D), and does
 * what the conductor orders.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "crowd.h"
#include "roles.h"
#include "window.h"

#define MODULE	"/xen-netfront.ko"
#define NIC	"eth0"

static void load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		error(1, errno, "module %s", path);
	close(fd);
}

static void set_address(int fd, unsigned long request, struct ifreq *req, const char *address)
{
	struct sockaddr_in addr = address_of(address, 0);

	memcpy(&req->ifr_addr, &addr, sizeof(addr));
	if (ioctl(fd, request, req))
		error(1, errno, "%s of %s", address, req->ifr_name);
}

static void start_network(const char *address)
{
	const struct timespec tick = { .tv_nsec = 50000000 };
	struct ifreq req = { .ifr_name = NIC };
	int fd = open_socket(SOCK_DGRAM);

	while (ioctl(fd, SIOCGIFFLAGS, &req))
		nanosleep(&tick, NULL);
	set_address(fd, SIOCSIFADDR, &req, address);
	set_address(fd, SIOCSIFNETMASK, &req, "255.255.255.0");
	req.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &req))
		error(1, errno, "bringing " NIC " up");
	close(fd);
}

static void carry_out(const struct order *order)
{
	struct in_addr host = { .s_addr = order->host };
	struct work w = { .host = inet_ntoa(host), .port = order->port, .size = order->size,
			  .count = order->count, .window = WINDOW_NONE, .flows = 1 };

	if (order->receive)
		udp_rx(&w);
	else
		udp_tx(&w);
}

int main(void)
{
	const char *address = getenv("address");
	uint32_t last = 0;
	int fd;

	if (!address)
		error(1, 0, "the kernel's command line has no address=");
	load(MODULE);
	start_network(address);
	fd = bind_to(MEMBER_PORT, SOCK_DGRAM);
	printf("member %s is up\n", address);
	for (;;) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		struct order order;

		if (recvfrom(fd, &order, sizeof(order), 0, (struct sockaddr *)&from, &len) != sizeof(order))
			continue;
		if (order.number != last && order.size <= BUFFER)
			carry_out(&order);
		last = order.number;
		sendto(fd, &last, sizeof(last), 0, (struct sockaddr *)&from, len);
	}
}
