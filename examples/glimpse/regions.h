/* regions.h - a picture as the network gets it: 8 x 8 regions, each seen through a window that reaches a bit beyond it. */
#ifndef GLIMPSE_REGIONS_H
#define GLIMPSE_REGIONS_H

#include "scene.h"

#define REGION 8                             /* pixels, both ways */
#define REGIONS_ACROSS (SCENE_SIZE / REGION) /* and down */
#define REGIONS (REGIONS_ACROSS * REGIONS_ACROSS)
#define MARGIN 4                     /* pixels, on every side */
#define WINDOW (REGION + 2 * MARGIN) /* pixels, both ways */
#define CHANNELS 4
#define REGION_DIM (WINDOW * WINDOW * CHANNELS)
#define PLACE_DIM (2 * REGIONS_ACROSS)

/* regions[REGIONS, REGION_DIM]: of each window's pixels red, green and blue less the picture's mean, and how far from that mean
 * colour the pixel lies: what stands out has a form whatever its colour. Beyond the picture it is as at its edge. */
void regions_cut(const uint8_t *pixels, float *regions);

/* place[PLACE_DIM]: a 1 that tells the region's column, and a 1 that tells its row. */
void region_place(int64_t region, float *place);

#endif
