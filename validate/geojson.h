/*
 * geojson.h - geographic values: points as objects, GeoJSON, TopoJSON
 */
#ifndef VALIDATE_GEOJSON_H
#define VALIDATE_GEOJSON_H

#include <stdbool.h>
#include <stddef.h>

/* {"lon": number, "lat": number} and nothing else, within 180 and 90 degrees. */
bool geo_is_point_object(const char *p, size_t n);

/* A GeoJSON object (RFC 7946): a geometry, a feature, or a collection. */
bool geo_is_geojson(const char *p, size_t n);

/* A topology: type, objects that are geometries, arcs of positions. */
bool geo_is_topojson(const char *p, size_t n);

#endif
