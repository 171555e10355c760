@NullMarked
package dev.limpet.proxy.recording;

import org.jspecify.annotations.NullMarked;
