/* SPDX-License-Identifier: GPL-2.0-only */
/* A front end's control ring. See ctrl.c. */
#ifndef _BLANKET_CTRL_H
#define _BLANKET_CTRL_H

struct vif;
struct vif_conn;

int vif_ctrl_open(struct vif *vif, struct vif_conn *conn);
void vif_ctrl_start(struct vif_conn *conn);
void vif_ctrl_close(struct vif_conn *conn);

#endif /* _BLANKET_CTRL_H */
