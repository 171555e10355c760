/**
 * HTTP as the admin API speaks it: the table of its endpoints, JSON in and out, and problem details
 * for what goes wrong. Start with {@link dev.limpet.admin.http.Endpoint}.
 */
@NullMarked
package dev.limpet.admin.http;

import org.jspecify.annotations.NullMarked;
