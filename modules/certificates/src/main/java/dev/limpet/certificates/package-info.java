/**
 * Certificates and keys in PEM files: reading them, their dates, and noticing that they have
 * changed.
 */
@NullMarked
package dev.limpet.certificates;

import org.jspecify.annotations.NullMarked;
