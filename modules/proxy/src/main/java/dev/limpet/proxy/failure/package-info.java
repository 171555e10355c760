/**
 * The causes that keep a request from its response; start with {@link
 * dev.limpet.proxy.failure.Failure}.
 */
@NullMarked
package dev.limpet.proxy.failure;

import org.jspecify.annotations.NullMarked;
