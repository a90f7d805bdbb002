/* photo.h - a picture of the user's own as a canvas. */
#ifndef GLIMPSE_PHOTO_H
#define GLIMPSE_PHOTO_H

#include "canvas.h"
#include "common/picture.h"

/* A picture of any size, grey or colour, dark on light or light on dark. What is written there is found by how it stands out from the
 * picture's edge, and scaled to the size of the canvases that were learned from; a picture of a canvas's own size stays as it is. Its
 * pixels are let go. `canvas->count` is 0; returns false where nothing is written. */
bool photo_make(struct picture *picture, struct canvas *canvas);

#endif
