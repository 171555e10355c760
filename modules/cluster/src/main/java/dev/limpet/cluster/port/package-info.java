/**
 * The cluster port: who may speak there, and what. {@link dev.limpet.cluster.port.Gate} knows the
 * rules, guards such as {@link dev.limpet.cluster.port.Guard} hold Akka's serializers to them, and
 * {@link dev.limpet.cluster.port.Watchman} counts and logs what was refused.
 */
@NullMarked
package dev.limpet.cluster.port;

import org.jspecify.annotations.NullMarked;
