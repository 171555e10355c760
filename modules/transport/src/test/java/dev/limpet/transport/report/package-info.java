@NullMarked
package dev.limpet.transport.report;

import org.jspecify.annotations.NullMarked;
