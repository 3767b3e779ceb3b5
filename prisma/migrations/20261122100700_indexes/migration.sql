-- CreateIndex
CREATE INDEX "StaffTask_caseId_idx" ON "StaffTask"("caseId");

-- CreateIndex
CREATE INDEX "RecoveryCase_shop_currency_idx" ON "RecoveryCase"("shop", "currency");
