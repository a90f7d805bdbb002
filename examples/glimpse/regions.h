/* regions.h - a picture as the network gets it: 8 x 8 regions, each seen through a window that reaches a bit beyond it. */
#ifndef GLIMPSE_REGIONS_H
#define GLIMPSE_REGIONS_H

#include "scene.h"

#define REGION 8                             /* pixels, both ways */
#define REGIONS_ACROSS (SCENE_SIZE / REGION) /* and down */
#define REGIONS (REGIONS_ACROSS * REGIONS_ACROSS)
#define WINDOW 16 /* pixels, both ways, around a region's middle */
#define REGION_DIM (WINDOW * WINDOW * 3 + 2 * REGIONS_ACROSS)

/* regions[REGIONS, REGION_DIM]: the window's pixels less the picture's mean colour, those beyond the picture like the nearest one in it; then a 1
 * that tells the region's column and a 1 that tells its row. */
void regions_cut(const uint8_t *pixels, float *regions);

#endif
