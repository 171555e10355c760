/**
 * The page that shows a cluster and changes it: its files, which the build makes of src/main/page.
 */
@NullMarked
package dev.limpet.dashboard;

import org.jspecify.annotations.NullMarked;
