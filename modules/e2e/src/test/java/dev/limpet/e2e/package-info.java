/**
 * What users do, with what users use: several Limpet processes, real Node.js, processes that really
 * die. Start with {@link dev.limpet.e2e.SessionAffinityTest}.
 */
@NullMarked
package dev.limpet.e2e;

import org.jspecify.annotations.NullMarked;
