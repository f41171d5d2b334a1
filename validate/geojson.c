/*
 * geojson.c - see geojson.h
 */
#include <jansson.h>
#include <string.h>

#include "validate/geojson.h"

/* Geometry collections within each other. */
enum { DEPTH_MAX = 64 };

static json_t *
load_object(const char *p, size_t n)
{
	json_t *json = json_loadb(p, n, JSON_ALLOW_NUL, NULL);

	if (json != NULL && !json_is_object(json)) {
		json_decref(json);
		json = NULL;
	}
	return json;
}

bool
geo_is_point_object(const char *p, size_t n)
{
	json_t *json = load_object(p, n);
	const json_t *lon = json_object_get(json, "lon"), *lat = json_object_get(json, "lat");
	bool ok = json_object_size(json) == 2 && json_is_number(lon) && json_is_number(lat) &&
		  json_number_value(lon) >= -180 && json_number_value(lon) <= 180 &&
		  json_number_value(lat) >= -90 && json_number_value(lat) <= 90;

	json_decref(json);
	return ok;
}

/* Two numbers or more. */
static bool
is_position(const json_t *v)
{
	const json_t *item;
	size_t i;

	if (json_array_size(v) < 2)
		return false;
	json_array_foreach ((json_t *)v, i, item) {
		if (!json_is_number(item))
			return false;
	}
	return true;
}

/* Arrays of arrays, `depth` deep, of positions; at least `least` at the lowest level. */
static bool
are_positions(const json_t *v, int depth, size_t least)
{
	const json_t *item;
	size_t i;

	if (depth == 0)
		return is_position(v);
	if (!json_is_array(v) || (depth == 1 && json_array_size(v) < least))
		return false;
	json_array_foreach ((json_t *)v, i, item) {
		if (!are_positions(item, depth - 1, least))
			return false;
	}
	return true;
}

/* A ring is closed and has four positions or more. */
static bool
rings_are_closed(const json_t *polygon)
{
	const json_t *ring;
	size_t i;

	json_array_foreach ((json_t *)polygon, i, ring) {
		size_t n = json_array_size(ring);

		if (n < 4 || !json_equal(json_array_get(ring, 0), json_array_get(ring, n - 1)))
			return false;
	}
	return true;
}

static bool
are_polygons(const json_t *coordinates, bool many)
{
	const json_t *polygon;
	size_t i;

	if (!are_positions(coordinates, many ? 3 : 2, 4))
		return false;
	if (!many)
		return rings_are_closed(coordinates);
	json_array_foreach ((json_t *)coordinates, i, polygon) {
		if (!rings_are_closed(polygon))
			return false;
	}
	return true;
}

static bool
is_geometry(const json_t *v, int depth)
{
	const char *type = json_string_value(json_object_get(v, "type"));
	const json_t *coordinates = json_object_get(v, "coordinates"), *item;
	json_t *geometries = json_object_get(v, "geometries");
	size_t i;

	if (type == NULL || depth == DEPTH_MAX)
		return false;
	if (strcmp(type, "Point") == 0)
		return are_positions(coordinates, 0, 0) ||
		       (json_is_array(coordinates) && json_array_size(coordinates) == 0);
	if (strcmp(type, "MultiPoint") == 0)
		return are_positions(coordinates, 1, 0);
	if (strcmp(type, "LineString") == 0)
		return are_positions(coordinates, 1, 2);
	if (strcmp(type, "MultiLineString") == 0)
		return are_positions(coordinates, 2, 2);
	if (strcmp(type, "Polygon") == 0)
		return are_polygons(coordinates, false);
	if (strcmp(type, "MultiPolygon") == 0)
		return are_polygons(coordinates, true);
	if (strcmp(type, "GeometryCollection") != 0 || !json_is_array(geometries))
		return false;
	json_array_foreach (geometries, i, item) {
		if (!is_geometry(item, depth + 1))
			return false;
	}
	return true;
}

static bool
is_feature(const json_t *v)
{
	const char *type = json_string_value(json_object_get(v, "type"));
	const json_t *geometry = json_object_get(v, "geometry");
	const json_t *properties = json_object_get(v, "properties");

	return type != NULL && strcmp(type, "Feature") == 0 &&
	       (json_is_null(geometry) || is_geometry(geometry, 0)) &&
	       (json_is_null(properties) || json_is_object(properties));
}

static bool
is_feature_collection(const json_t *v)
{
	const char *type = json_string_value(json_object_get(v, "type"));
	json_t *features = json_object_get(v, "features"), *item;
	size_t i;

	if (type == NULL || strcmp(type, "FeatureCollection") != 0 || !json_is_array(features))
		return false;
	json_array_foreach (features, i, item) {
		if (!is_feature(item))
			return false;
	}
	return true;
}

bool
geo_is_geojson(const char *p, size_t n)
{
	json_t *json = load_object(p, n);
	bool ok = is_geometry(json, 0) || is_feature(json) || is_feature_collection(json);

	json_decref(json);
	return ok;
}

/* TopoJSON 1.0: an object of a topology is a geometry of arcs or coordinates, or null. */
static bool
is_topology_object(const json_t *v)
{
	static const char *const types[] = {"Point", "MultiPoint", "LineString",
		"MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"};
	const json_t *type = json_object_get(v, "type");

	if (json_is_null(type))
		return true;
	for (size_t i = 0; json_is_string(type) && i < sizeof types / sizeof types[0]; i++) {
		const char *content = i < 2 ? "coordinates" : i < 6 ? "arcs" : "geometries";

		if (strcmp(types[i], json_string_value(type)) == 0)
			return json_is_array(json_object_get(v, content));
	}
	return false;
}

bool
geo_is_topojson(const char *p, size_t n)
{
	json_t *json = load_object(p, n);
	const char *type = json_string_value(json_object_get(json, "type")), *key;
	json_t *objects = json_object_get(json, "objects"), *item;
	bool ok = type != NULL && strcmp(type, "Topology") == 0 && json_is_object(objects) &&
		  are_positions(json_object_get(json, "arcs"), 2, 2);

	if (ok) {
		json_object_foreach (objects, key, item)
			ok = ok && is_topology_object(item);
	}
	json_decref(json);
	return ok;
}
